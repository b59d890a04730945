"""Scripts that run the tests of a TypeScript module in the sandbox."""
