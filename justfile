# Thin names for `cargo run --release -- …`. Flags pass through: `just seed --strict`.

set positional-arguments

seedbed := "cargo run --release --quiet --"

# List the recipes
[private]
default:
    @just --list

# Migrate all databases, then load the fixtures
up *ARGS:
    @{{ seedbed }} up "$@"

# Bring the tables of all databases up to date; or: down, status, fresh, plan
migrate *ARGS:
    @{{ seedbed }} migrate "$@"

# Load the fixtures
seed *ARGS:
    @{{ seedbed }} seed "$@"

# Check the fixtures without any database
check *ARGS:
    @{{ seedbed }} check "$@"

# Show what is in the databases and how it got there
status *ARGS:
    @{{ seedbed }} status "$@"

# Empty the databases, then as `up`; asks first, or takes `--yes`
reset *ARGS:
    @{{ seedbed }} up --fresh "$@"

# Start a PostgreSQL and a MariaDB of your own, say how to reach them, and wait for Ctrl-C
servers:
    @cargo run --quiet -p servers

# Run all tests
test *ARGS:
    cargo test --workspace "$@"

# Measure how many rows a second are read from fixtures
bench *ARGS:
    cargo run --release --quiet -p fixture-reader --example rows_per_second -- "$@"

# Kill runs at so many random moments, while another reader looks on
torture KILLS="600":
    TORTURE_KILLS={{ KILLS }} cargo test -p runner --test torture -- kills --nocapture

# Let every system call fail by which a run writes; needs strace
torture-syscalls:
    cargo test -p runner --test torture -- syscalls --ignored --nocapture

# Check everything that has to hold before a change is merged
ci *ARGS:
    .ci/run "$@"
