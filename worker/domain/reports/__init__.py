"""The report of a batch, in the forms that people and machines read. Pure: results in, text out."""
