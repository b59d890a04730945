"""Ingress: turns a webhook's delivery or a call of the jobs API into jobs in the queue, and answers what became of them."""
