//! What a scene is to the page: actions go in, HTML comes out.

/// HTML for the element of the page that has this `id`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The element's `id`.
    pub id: &'static str,
    /// What is to be in it.
    pub html: String,
}

/// A scene of the page.
pub trait Scene {
    /// Does what the visitor asked for, by the name of a button and what is in its field.
    ///
    /// # Errors
    /// A sentence for the visitor, if it cannot be done.
    fn act(&mut self, action: &str, argument: &str) -> Result<(), String>;

    /// Does the next step of a little program, which goes on forever: what the page shows while it plays by itself.
    fn tick(&mut self);

    /// Opens a file that the visitor has chosen.
    ///
    /// # Errors
    /// A sentence for the visitor that names the place, if it cannot be read; or if the scene reads none.
    fn open(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let _ = bytes;
        Err(format!("{name}: this scene opens no files"))
    }

    /// All that the scene shows.
    fn show(&self) -> Vec<Part>;
}
