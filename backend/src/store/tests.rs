mod files;
mod journaling;
mod pacing;
mod pruning;
