"""Reports of batches."""
