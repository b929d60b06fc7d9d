"""zip and tar files: their names and their contents, within bounds."""
