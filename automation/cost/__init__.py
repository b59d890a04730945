"""Money: what is left behind, and later what it costs."""
