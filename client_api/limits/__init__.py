"""How many predictions run at once, and how many requests an address may make."""
