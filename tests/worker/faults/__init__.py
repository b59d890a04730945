"""Workers as real processes among queues, stores, engines, disks and clocks that fail."""
