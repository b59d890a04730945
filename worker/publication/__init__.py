"""From proved patches to a pull request: branch, describe, publish; any step may be done again."""
