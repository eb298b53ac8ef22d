# Thin names for `cargo run --release -- …`. Flags pass through: `just seed --strict`.

set positional-arguments

seedbed := "cargo run --release --quiet --"

# List the recipes
[private]
default:
    @just --list

# Migrate all databases, then load the fixtures
[no-exit-message]
up *ARGS:
    @{{ seedbed }} up "$@"

# Bring the tables of all databases up to date; or: down, status, fresh, plan
[no-exit-message]
migrate *ARGS:
    @{{ seedbed }} migrate "$@"

# Load the fixtures
[no-exit-message]
seed *ARGS:
    @{{ seedbed }} seed "$@"

# Check the fixtures without any database
[no-exit-message]
check *ARGS:
    @{{ seedbed }} check "$@"

# Show what is in the databases and how it got there
[no-exit-message]
status *ARGS:
    @{{ seedbed }} status "$@"

# Empty the databases, then as `up`; asks first, or takes `--yes`
[no-exit-message]
reset *ARGS:
    @{{ seedbed }} up --fresh "$@"

# Start a PostgreSQL and a MariaDB of your own, say how to reach them, and wait for Ctrl-C
[no-exit-message]
servers:
    @cargo run --quiet -p servers

# Run all tests
test *ARGS:
    cargo test --workspace "$@"

# Measure beside what seedbed competes with; writes docs/performance.md
bench *ARGS:
    cargo build --release --quiet
    cargo run --release --quiet -p bench -- "$@"

# Kill runs at so many random moments, while another reader looks on
torture KILLS="600":
    TORTURE_KILLS={{ KILLS }} cargo test -p runner --test torture -- kills --nocapture

# Let every system call fail by which a run writes; needs strace
torture-syscalls:
    cargo test -p runner --test torture -- syscalls --ignored --nocapture

# Look for texts that the lanes of the reader read differently; needs `cargo install cargo-fuzz`
fuzz *ARGS:
    cd crates/fixture-reader && RUSTC_BOOTSTRAP=1 cargo fuzz run lanes --sanitizer none "$@"

# Check everything that has to hold before a change is merged
ci *ARGS:
    .ci/run "$@"
