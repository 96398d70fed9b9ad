"""The catalogue: tables as TOML, families and networks as functions, each with its source; the registry reads it."""
