# The commands of a working day. Each is a script that runs without `just` too.

# Deploy the example shop to the Docker Engine of this machine.
quickstart:
    ./scripts/quickstart

# Format, lints and every test.
test:
    ./scripts/test

# Measure what docs/benchmarks.md states.
bench:
    ./scripts/bench

# Fuzz config files, variables and ignore files, 10 minutes each.
fuzz seconds="600":
    ./scripts/fuzz {{seconds}}

# Format the sources.
fmt:
    cargo fmt
