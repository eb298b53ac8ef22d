"""Loads a folder of fixtures: `loaddata.py FIXTURES DATABASE…`, each database an SQLite file."""

import pathlib
import sys

import django
from django.conf import settings
from django.core.management import call_command

fixtures, *databases = map(pathlib.Path, sys.argv[1:])
settings.configure(
    DATABASES={"default": {}}
    | {
        database.stem: {"ENGINE": "django.db.backends.sqlite3", "NAME": database}
        for database in databases
    },
    INSTALLED_APPS=["store"],
)
django.setup()
for database in databases:
    fixture = fixtures / f"{database.stem}.yaml"
    call_command("loaddata", fixture, database=database.stem, verbosity=0)
