"""The controller: it looks at queue and fleet, asks the scaling policy, and sets the fleet's size."""
