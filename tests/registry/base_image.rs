//! Base images that are not for everybody.

use insta::assert_snapshot;
use scf::image::{
    BuildError,
    registry::{Reference, push},
};

use crate::{
    bed::{Auth, RegistryServer, client_of, keychain, shown},
    context::{BUILDERS, Context},
    scratch::Scratch,
};

/// A registry with a private base image that the engine does not have.
async fn private_base(scratch: &Scratch) -> (RegistryServer, Reference) {
    let server = RegistryServer::start(&Auth::Basic);
    let (image, keychain) = (scratch.image().await, server.known());
    let base = server.reference("private/base:1");
    let credential = keychain.find(&base.registry).await;
    push(
        &scratch.docker,
        &image,
        &base,
        credential,
        &client_of(&keychain),
        &|_| {},
    )
    .await
    .unwrap();
    (server, base)
}

#[tokio::test]
async fn a_private_base_image_is_pulled_by_both_builders() {
    let scratch = Scratch::new().await;
    for builder in BUILDERS {
        let (server, base) = private_base(&scratch).await;
        scratch.remember(&base.to_string());
        let context = Context::new(&scratch, &format!("FROM {base}\nCOPY Dockerfile /\n"));
        let (_, built) = context.build(builder, &server.known(), None).await;
        built.unwrap();
        let printed = context.lines().join("\n");
        assert!(!printed.contains(crate::bed::PASSWORD), "{printed}");
    }
}

#[tokio::test]
async fn a_refused_base_image_is_named_with_its_registry_and_what_to_do() {
    let scratch = Scratch::new().await;
    let (server, base) = private_base(&scratch).await;
    let context = Context::new(&scratch, &format!("FROM {base}\nCOPY Dockerfile /\n"));
    let mut told = Vec::new();
    for builder in BUILDERS {
        for keychain in [keychain(""), server.keychain("scf:wrong-password")] {
            let (tag, built) = context.build(builder, &keychain, None).await;
            let error = built.unwrap_err();
            assert!(matches!(error, BuildError::BaseImage { .. }), "{error:?}");
            told.push(shown(error, &server.host).replace(&tag, "api:tag"));
        }
    }
    let [none, wrong, classic_none, classic_wrong] = &told[..] else {
        panic!("{told:?}")
    };
    assert_snapshot!(none, @"
    base image registry.test/private/base:1 of api:tag is refused by registry.test: pulling from host registry.test failed with status code [manifests 1]: 401 Unauthorized; no credentials for it were given
    hint: give them with `registry-auth` (environment SCF_REGISTRY_AUTH) as `registry.test=user:password`, or log in with `docker login`
    class: Denied
    ");
    assert_snapshot!(wrong, @"
    base image registry.test/private/base:1 of api:tag is refused by registry.test: pulling from host registry.test failed with status code [manifests 1]: 401 Unauthorized; the credentials for it do not suffice
    hint: check that the user of registry.test in `registry-auth` (or of `docker login`) may do this, and that the token has not expired
    class: Denied
    ");
    assert_snapshot!(classic_none, @r#"
    base image registry.test/private/base:1 of api:tag is refused by registry.test: Head "http://registry.test/v2/private/base/manifests/1": no basic auth credentials; no credentials for it were given
    hint: give them with `registry-auth` (environment SCF_REGISTRY_AUTH) as `registry.test=user:password`, or log in with `docker login`
    class: Denied
    "#);
    assert_snapshot!(classic_wrong, @"
    base image registry.test/private/base:1 of api:tag is refused by registry.test: unauthorized: authentication required; the credentials for it do not suffice
    hint: check that the user of registry.test in `registry-auth` (or of `docker login`) may do this, and that the token has not expired
    class: Denied
    ");
}

#[tokio::test]
async fn a_step_that_prints_of_denials_is_a_failed_step() {
    let scratch = Scratch::new().await;
    for builder in BUILDERS {
        let context = Context::new(
            &scratch,
            "FROM scratch\nCOPY missing-denied:-401-Unauthorized /\n",
        );
        let (_, built) = context.build(builder, &keychain(""), None).await;
        let error = built.unwrap_err();
        assert!(matches!(error, BuildError::Failed { .. }), "{error:?}");
    }
}
