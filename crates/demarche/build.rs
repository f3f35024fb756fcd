//! The pages of `demarche serve` are built by `make ui`, before cargo or after it: a changed
//! folder must reach the program. The folder is made where it is missing, so that cargo has
//! something to watch and does not build again at every call.

fn main() {
    let pages = "../../ui/dist";
    // A read-only checkout builds without pages, as one without Node.js does.
    let _ = std::fs::create_dir_all(pages);
    println!("cargo:rerun-if-changed={pages}");
}
