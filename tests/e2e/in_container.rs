//! `scf` in a container that has nothing but the engine's socket.
