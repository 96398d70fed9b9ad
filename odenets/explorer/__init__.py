"""The page on which a person explores schemes: its server, its worker processes, and what it asks of them."""
