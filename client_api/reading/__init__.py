"""What a caller sent: its key, its body, the pictures in it, and what it asks for."""
