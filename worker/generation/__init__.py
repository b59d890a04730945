"""Generation: from a job to a test file in which every test was proved."""
