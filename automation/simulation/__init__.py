"""Discrete-event simulation of scaling policies: the production policy beside its peers, on workloads that tell them apart. Pure."""
