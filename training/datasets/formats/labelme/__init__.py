"""labelme's JSON."""
