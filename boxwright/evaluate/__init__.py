"""`boxwright evaluate`: metrics of a checkpoint, an exported model or a running gateway."""
