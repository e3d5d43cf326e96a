"""Table Storage and Storage Queues behind the ports: cases, wake-ups, published policies, webhook deliveries."""
