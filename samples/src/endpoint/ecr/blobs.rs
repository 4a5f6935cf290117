//! Blobs of images: where they can be got, and the configurations themselves.

use super::repository;
use crate::{
    account::{Account, Image, ImageStatus, Repository},
    endpoint::{
        answer::{Answer, Failure, Out},
        request::Request,
    },
};

/// The begin of the paths under which blobs are served to whoever has their URL.
const BEGIN: &str = "/layers/";

pub(super) fn get_download_url_for_layer(request: &Request<'_>) -> Result<Answer, Failure> {
    let repository = repository(request, request.required("repositoryName"))?;
    let digest = request.required("layerDigest");
    let Some(image) = repository.images.iter().find(|image| has(image, digest)) else {
        return Err(Failure::new(
            "LayersNotFoundException",
            format!(
                "The layer with digest '{digest}' does not exist within the repository with name '{}' in the registry with id '{}'",
                repository.name, repository.registry
            ),
        ));
    };
    if image.status == ImageStatus::Archived {
        return Err(Failure::new(
            "LayerInaccessibleException",
            format!("The layer with digest '{digest}' belongs to an archived image"),
        ));
    }
    let url = format!(
        "http://{}{BEGIN}{}/{}/{}/{digest}",
        request.host, repository.registry, repository.region, repository.name
    );
    Ok(Out::map()
        .with("downloadUrl", url)
        .with("layerDigest", digest)
        .into())
}

/// The blob at a path that was given out, for configurations; `None` for a path that was not, and
/// for layers, of which there is nothing but the name.
pub(in crate::endpoint) fn blob<'a>(account: &'a Account, path: &str) -> Option<&'a str> {
    let (rest, digest) = path.strip_prefix(BEGIN)?.rsplit_once('/')?;
    let (registry, rest) = rest.split_once('/')?;
    let (region, name) = rest.split_once('/')?;
    let is_it = |repository: &&Repository| {
        repository.registry == registry && repository.region == region && repository.name == name
    };
    let repository = account.repositories.iter().find(is_it)?;
    let mut configs = repository.images.iter().filter_map(|it| it.config.as_ref());
    configs
        .find(|config| config.digest == digest)
        .map(|config| config.text.as_str())
}

/// Whether a blob is part of an image.
fn has(image: &Image, digest: &str) -> bool {
    image.config.is_some() && image.manifest.contains(&format!("\"{digest}\""))
}
