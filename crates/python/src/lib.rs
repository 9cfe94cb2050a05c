//! The host for Python actions and sensors.
