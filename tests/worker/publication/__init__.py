"""Publication: from proved patches to a pull request."""
