"""From a commit on a forge to proved fixes in a pull request, or to tests for what it changes: jobs that name a repository and hold no code."""
