//! The images that were pushed into the service's repository around each failure.

use aws_sdk_ecr::types::{DescribeImagesFilter, TagStatus};
use evidence_schema::{Body, Interval, Status, record::PushedImage, time::merge};

use super::{Source, call, image};
use crate::{
    collect::Context,
    convert::{text_of, time_of},
    ledger::Out,
    pages::Pages,
    status::{Outcome, status_of},
};

const DESCRIBE_IMAGES: &str = "ecr:DescribeImages";

/// The row of the table.
pub(crate) const SOURCE: Source = Source {
    name: "pushed-images",
    gives: "the images that were pushed around each failure and in the last 24 hours",
    calls: &[call(DESCRIBE_IMAGES, "arn:aws:ecr:*:*:repository/*")],
};

/// Images on a page, and pages. ECR knows no order, so a repository is read whole or not at all;
/// this is twice the images that ECR allows in one unless somebody asks for more.
const PAGE: i32 = 1_000;
const MOST_PAGES: u32 = 40;

/// Reads the repository and keeps what was pushed in the windows.
pub(crate) async fn collect(out: &mut Out<'_>, context: &Context<'_>) -> Result<(), Outcome> {
    let reference = image::reference(context)?;
    let mut windows = context.windows.incidents.clone();
    windows.push(context.windows.recent);
    let windows = merge(windows);
    out.plan(Some(&reference.repository), &windows);
    out.begin(Some(&reference.repository));
    let ecr = context.aws.ecr(&reference.region);
    let filter = DescribeImagesFilter::builder()
        .tag_status(TagStatus::Any)
        .build();
    let mut pages = Pages::default();
    for _ in 0..MOST_PAGES {
        out.call(DESCRIBE_IMAGES);
        let page = ecr
            .describe_images()
            .registry_id(&reference.registry_id)
            .repository_name(&reference.repository)
            .filter(filter.clone())
            .max_results(PAGE)
            .set_next_token(pages.token())
            .send()
            .await
            .map_err(|error| status_of(DESCRIBE_IMAGES, error))?;
        for it in page.image_details.unwrap_or_default() {
            let (Some(digest), Some(pushed_at)) = (
                text_of(it.image_digest.as_ref()),
                time_of(it.image_pushed_at.as_ref()),
            ) else {
                continue;
            };
            let is_in = |window: &Interval| window.from <= pushed_at && pushed_at <= window.to;
            if !windows.iter().any(is_in) {
                continue;
            }
            let mut tags = it.image_tags.unwrap_or_default();
            tags.sort_unstable();
            out.push(Body::PushedImage(PushedImage {
                repository: reference.repository.clone(),
                digest,
                tags,
                pushed_at,
                size_bytes: it.image_size_in_bytes,
                manifest_media_type: text_of(it.image_manifest_media_type.as_ref()),
                status: text_of(it.image_status.as_ref()),
            }));
        }
        if !pages.advance(page.next_token)? {
            return Ok(());
        }
    }
    let note = format!("stopped after {MOST_PAGES} pages of images, which have no order");
    Err(Outcome::noted(Status::Truncated, &note))
}
