"""The catalogue: tables with their sources. Each module registers its entries when the registry reads it."""
