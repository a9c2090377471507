//! What the page's script calls.

use crate::{Allocator, Channels, Collector, Maps, Run, Scene, Scheduler};
use wasm_bindgen::prelude::wasm_bindgen;

/// All scenes of the page.
#[wasm_bindgen]
#[derive(Default)]
pub struct Explorer {
    allocator: Allocator,
    collector: Collector,
    maps: Maps,
    channels: Channels,
    run: Run,
    scheduler: Scheduler,
}

impl std::fmt::Debug for Explorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Explorer")
    }
}

#[wasm_bindgen]
impl Explorer {
    /// Every scene as it is at first.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Explorer {
        Explorer::default()
    }

    /// Does what the visitor asked for in a scene; an empty text, or a sentence that says why it cannot be done.
    ///
    /// # Panics
    /// If there is no such scene.
    pub fn act(&mut self, scene: &str, action: &str, argument: &str) -> String {
        self.scene(scene).act(action, argument).err().unwrap_or_default()
    }

    /// Opens a file in a scene; an empty text, or a sentence that says what is wrong with it.
    ///
    /// # Panics
    /// If there is no such scene.
    pub fn open(&mut self, scene: &str, name: &str, bytes: &[u8]) -> String {
        self.scene(scene).open(name, bytes).err().unwrap_or_default()
    }

    /// The next step of what a scene plays by itself.
    ///
    /// # Panics
    /// If there is no such scene.
    pub fn tick(&mut self, scene: &str) {
        self.scene(scene).tick();
    }

    /// What a scene shows: an element's `id` and its HTML, in turn.
    ///
    /// # Panics
    /// If there is no such scene.
    pub fn show(&mut self, scene: &str) -> Vec<String> {
        self.scene(scene).show().into_iter().flat_map(|part| [part.id.to_string(), part.html]).collect()
    }

    fn scene(&mut self, name: &str) -> &mut dyn Scene {
        match name {
            "allocator" => &mut self.allocator,
            "collector" => &mut self.collector,
            "maps" => &mut self.maps,
            "channels" => &mut self.channels,
            "run" => &mut self.run,
            "scheduler" => &mut self.scheduler,
            _ => panic!("there is no scene {name:?}"),
        }
    }
}
