"""What the caller gets: JSON, an annotated image, a page, or a problem."""
