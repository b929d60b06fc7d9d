"""What has been found out about the outputs of models, shared by all workers."""
