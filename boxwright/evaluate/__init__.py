"""`boxwright evaluate`: how good a checkpoint, an exported model or a running gateway is."""
