use crate::arrangement::{Arrangement, RegistryError};
use crate::config::Config;
use crate::error::Error;
use crate::fixtures::Fixture;
use crate::registry::{Database, Registry};
use crate::suggestion::closest;

/// A registry, the order that follows from it, and where its databases are.
pub(crate) struct Store {
    pub registry: Registry,
    pub arrangement: Arrangement,
    pub config: Config,
}

impl Store {
    /// Puts a registry together with its configuration.
    ///
    /// # Errors
    /// When the registry makes no sense.
    pub fn new(registry: Registry, config: Config) -> Result<Self, RegistryError> {
        Ok(Self {
            arrangement: Arrangement::of(&registry)?,
            registry,
            config,
        })
    }

    /// The database at an index of the registry.
    pub fn database(&self, index: usize) -> &Database {
        &self.registry.databases()[index]
    }

    /// The alias of the database at an index of the registry.
    pub fn alias(&self, index: usize) -> &str {
        self.database(index).alias()
    }

    /// Whether a fixture's dataset is in one of the databases.
    pub fn feeds(&self, indices: &[usize], fixture: &Fixture) -> bool {
        let has = |&index: &usize| self.database(index).has_dataset(&fixture.dataset);
        indices.iter().any(has)
    }

    /// The names of all datasets, those referred to first.
    pub fn datasets(&self) -> Vec<&str> {
        let order = self.arrangement.order().into_iter();
        order
            .flat_map(|index| {
                let datasets = self.database(index).datasets();
                let positions = self.arrangement.datasets[index].iter();
                positions.map(|&position| datasets[position].name())
            })
            .collect()
    }

    /// Refuses aliases that name no database.
    pub fn knows(&self, aliases: &[String]) -> Result<(), Error> {
        let known = self.registry.aliases();
        match aliases
            .iter()
            .find(|alias| !known.contains(&alias.as_str()))
        {
            None => Ok(()),
            Some(alias) => Err(Error::usage(match closest(alias, known.iter().copied()) {
                Some(meant) => format!("no database is called `{alias}`; did you mean `{meant}`?"),
                None => format!(
                    "no database is called `{alias}`; there are: {}",
                    known.join(", ")
                ),
            })),
        }
    }

    /// The databases chosen by alias, or all where none is, in commit order.
    pub fn chosen(&self, aliases: &[String]) -> Vec<usize> {
        let chosen = |&index: &usize| {
            aliases.is_empty() || aliases.iter().any(|alias| alias == self.alias(index))
        };
        self.arrangement
            .order()
            .into_iter()
            .filter(chosen)
            .collect()
    }
}
