"""What the caller gets: JSON, an annotated picture, a page, or a problem."""
