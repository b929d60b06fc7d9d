"""What a caller sent: its key, its body, the images in it, and what it asks for."""
