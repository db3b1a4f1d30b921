"""From any table to standardised columns, and from targets to what a loss sees."""
