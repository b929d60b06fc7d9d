"""Tables: our own CSV, those of other tools, and whatever columns tell."""
