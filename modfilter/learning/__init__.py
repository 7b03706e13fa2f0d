"""What moderators teach the filter: verdicts joined with records, calibration, thresholds, audits, accounts."""
