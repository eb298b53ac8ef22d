use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks values that are whole after each statement, so that a panic elsewhere leaves nothing half-done
/// in them.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
