//! The program's entry point.

/// Rendering allocates many short strings; the system's allocator on small servers (musl above all) is slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    kabinet::cli::run()
}
