"""What callers are answered: JSON, drawings, problem documents, pages, headers."""
