"""What runs on the fleet: takes jobs from SQS, asks an engine, proves candidates in a sandbox, stores what it proved."""
