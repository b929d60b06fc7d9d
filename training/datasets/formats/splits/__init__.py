"""Which split an image belongs to, by lists, folders and words."""
