"""What TS 24.303 demands: one module for each clause and subject, one function for each requirement."""
