"""What speaks for an execution: approvals, standing grants and reservations against limits, as pure values."""
