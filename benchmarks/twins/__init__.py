"""Classical models beside their references, each refitted to tight tolerance."""
