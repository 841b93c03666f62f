//! Objects as files.

use std::sync::Arc;

use camino::Utf8PathBuf;
use scf::state::{Condition, Objects, StoreError, file::FileObjects};

fn store() -> (tempfile::TempDir, FileObjects) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().join("dev")).unwrap();
    (folder, FileObjects::new(path))
}

#[tokio::test]
async fn an_object_is_made_once_and_replaced_only_by_who_knows_its_version() {
    let (_folder, store) = store();
    assert!(store.get("a").await.unwrap().is_none());
    let first = store
        .put("a", b"1".to_vec(), Condition::Absent)
        .await
        .unwrap();
    assert!(matches!(
        store.put("a", b"2".to_vec(), Condition::Absent).await,
        Err(StoreError::Conflict(_))
    ));
    let second = store
        .put("a", b"2".to_vec(), Condition::Match(first.etag.clone()))
        .await
        .unwrap();
    let stale = store
        .put("a", b"3".to_vec(), Condition::Match(first.etag.clone()))
        .await;
    assert!(matches!(stale, Err(StoreError::Conflict(_))));
    assert!(matches!(
        store.delete("a", first.etag).await,
        Err(StoreError::Conflict(_))
    ));
    assert_eq!(store.get("a").await.unwrap().unwrap().body, b"2");
    store.delete("a", second.etag).await.unwrap();
    assert!(store.get("a").await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_writers_at_once_exactly_one_succeeds() {
    let (_folder, store) = store();
    let store = Arc::new(store);
    for round in 0..20 {
        let condition = match store.get("a").await.unwrap() {
            Some(object) => Condition::Match(object.etag),
            None => Condition::Absent,
        };
        let writers = (0..8).map(|writer| {
            let (store, condition) = (store.clone(), condition.clone());
            tokio::spawn(async move {
                store
                    .put("a", format!("{round} {writer}").into_bytes(), condition)
                    .await
                    .is_ok()
            })
        });
        let written = futures::future::join_all(writers)
            .await
            .into_iter()
            .filter(|ok| *ok.as_ref().unwrap());
        assert_eq!(written.count(), 1);
    }
}

#[tokio::test]
async fn only_the_owner_can_read_and_nothing_half_written_stays() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, store) = store();
    store
        .put("state.json", b"{}".to_vec(), Condition::Absent)
        .await
        .unwrap();
    let mode = std::fs::metadata(folder.path().join("dev/state.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut names: Vec<String> = std::fs::read_dir(folder.path().join("dev"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, [".guard", "state.json"]);
}
