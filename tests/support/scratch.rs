//! Images and names on the engine that go away with the test.
#![allow(dead_code)]

use std::sync::{
    Mutex,
    atomic::{AtomicU32, Ordering},
};

use bollard::query_parameters::{CreateImageOptionsBuilder, RemoveImageOptionsBuilder};
use futures::TryStreamExt as _;
use scf::image::{Connection, buildpack::remove_caches, connect};

/// What the test has on the engine.
pub struct Scratch {
    pub docker: Connection,
    images: Mutex<Vec<String>>,
}

impl Scratch {
    pub async fn new() -> Self {
        let docker = connect()
            .await
            .expect("these tests need a running Docker Engine");
        Self {
            docker,
            images: Mutex::default(),
        }
    }

    /// A name that no other test has.
    pub fn name(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        self.remember(&format!("scf-test-{}-{count}:tag", std::process::id()))
    }

    /// Removes this image with the test.
    pub fn remember(&self, image: &str) -> String {
        self.images.lock().unwrap().push(image.to_owned());
        image.to_owned()
    }

    /// An image with one file, of which no other has the content.
    pub async fn image(&self) -> String {
        let name = self.name();
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(name.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, "name", name.as_bytes())
            .unwrap();
        let (repository, tag) = name.rsplit_once(':').unwrap();
        let options = CreateImageOptionsBuilder::default()
            .from_src("-")
            .repo(repository)
            .tag(tag)
            .build();
        let body = bollard::body_full(tar.into_inner().unwrap().into());
        let made = self.docker.create_image(Some(options), Some(body), None);
        made.try_collect::<Vec<_>>().await.unwrap();
        name
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let docker = self.docker.clone();
        let images = self.images.lock().unwrap().clone();
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                for image in images {
                    let force = RemoveImageOptionsBuilder::default().force(true).build();
                    let _ = docker.remove_image(&image, Some(force), None).await;
                    let (repository, _) = image.rsplit_once(':').unwrap();
                    let _ = remove_caches(&docker, repository).await;
                }
            });
        };
        std::thread::spawn(remove).join().unwrap();
    }
}
