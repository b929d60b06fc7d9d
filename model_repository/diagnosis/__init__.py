"""Why a folder holds no model, or one that cannot be served."""
