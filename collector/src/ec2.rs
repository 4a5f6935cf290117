//! A client of EC2 for the few calls that are made.
//!
//! The SDK's own has hundreds of operations and takes seven gigabytes of memory to compile. This
//! one is made of the SDK's parts: its credentials, signatures, retries, time-outs and connection.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_runtime::{
    auth::{
        SigV4OperationSigningConfig, SigningOptions,
        sigv4::{SCHEME_ID, SigV4AuthScheme},
    },
    request_info::RequestInfoInterceptor,
    retries::classifiers::AwsErrorCodeClassifier,
};
use aws_smithy_runtime::client::{
    orchestrator::operation::{Operation, OperationBuilder},
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        auth::{
            AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
            static_resolver::StaticAuthSchemeOptionResolver,
        },
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
        runtime_components::RuntimeComponentsBuilder,
        runtime_plugin::StaticRuntimePlugin,
    },
};
use aws_smithy_types::{
    body::SdkBody, config_bag::Layer, error::ErrorMetadata, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_types::{SigningName, region::SigningRegion, service_config::ServiceConfigKey};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use roxmltree::{Document, Node};

use crate::{guard::ReadOnly, witness::Witness};

/// The name that the SDK gives the service.
const SERVICE: &str = "EC2";

/// The version of the API; there was never another.
const VERSION: &str = "2016-11-15";

/// A client of EC2 in one Region.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    sdk: SdkConfig,
    witness: Witness,
    region: Region,
    url: String,
}

/// An answer that was not a success, or could not be read.
type Failure = SdkError<ErrorMetadata, HttpResponse>;

/// A page of an answer.
#[derive(Debug)]
pub(crate) struct Page {
    text: String,
}

impl Client {
    /// A client with the settings of all others.
    pub(crate) fn new(sdk: &SdkConfig, witness: Witness, region: &str) -> Self {
        Self {
            url: url(sdk, region),
            sdk: sdk.clone(),
            witness,
            region: Region::new(region.to_owned()),
        }
    }

    /// Asks for a page. `parameters` are those of the form, in its spelling.
    pub(crate) async fn ask(
        &self,
        operation: &'static str,
        parameters: &[(String, String)],
    ) -> Result<Page, Failure> {
        self.operation(operation)
            .build()
            .invoke(form(operation, parameters))
            .await
    }

    fn operation(&self, name: &'static str) -> OperationBuilder<String, Page, ErrorMetadata> {
        let sdk = &self.sdk;
        let mut builder = Operation::builder()
            .service_name(SERVICE)
            .operation_name(name)
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.url)
            .runtime_plugin(self.signing())
            .standard_retry(
                &sdk.retry_config()
                    .cloned()
                    .unwrap_or_else(RetryConfig::standard),
            )
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .timeout_config(
                sdk.timeout_config()
                    .cloned()
                    .unwrap_or_else(|| TimeoutConfig::builder().build()),
            )
            .interceptor(RequestInfoInterceptor::new())
            .interceptor(ReadOnly)
            .interceptor(self.witness.clone())
            .with_connection_poisoning();
        if let Some(client) = sdk.http_client() {
            builder = builder.http_client(client);
        }
        if let Some(sleep) = sdk.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        if let Some(time) = sdk.time_source() {
            builder = builder.time_source(time);
        }
        builder.serializer(request).deserializer(page)
    }

    /// Signatures with the credentials of all other clients.
    fn signing(&self) -> StaticRuntimePlugin {
        let signing = SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(self.region.clone())),
            name: Some(SigningName::from_static("ec2")),
            signing_options: SigningOptions::default(),
            ..Default::default()
        };
        let mut layer = Layer::new("ec2");
        layer.store_put(signing);
        layer.store_put(AuthSchemeOptionResolverParams::new(()));

        let mut components = RuntimeComponentsBuilder::new("ec2");
        components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
        components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )));
        components.set_identity_cache(self.sdk.identity_cache());
        if let Some(provider) = self.sdk.credentials_provider() {
            components.set_identity_resolver(SCHEME_ID, provider);
        }
        StaticRuntimePlugin::new()
            .with_config(layer.freeze())
            .with_runtime_components(components)
    }
}

/// Where EC2 is: what the environment or the profile says, like for every other service.
fn url(sdk: &SdkConfig, region: &str) -> String {
    let key = ServiceConfigKey::builder()
        .service_id(SERVICE)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let own = key
        .ok()
        .and_then(|key| sdk.service_config()?.load_config(key))
        .or_else(|| sdk.endpoint_url().map(str::to_owned));
    own.unwrap_or_else(|| {
        let fips = match sdk.use_fips() {
            Some(true) => "-fips",
            _ => "",
        };
        match sdk.use_dual_stack() {
            Some(true) => format!("https://ec2{fips}.{region}.api.aws"),
            _ => format!("https://ec2{fips}.{region}.amazonaws.com"),
        }
    })
}

fn form(operation: &str, parameters: &[(String, String)]) -> String {
    let mut form = format!("Action={operation}&Version={VERSION}");
    for (name, value) in parameters {
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        form.push_str(&format!("&{name}={value}"));
    }
    form
}

fn request(form: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(form));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded");
    headers.insert(
        "user-agent",
        concat!("apprunner-collector/", env!("CARGO_PKG_VERSION")),
    );
    Ok(request)
}

fn page(response: &HttpResponse) -> Result<Page, OrchestratorError<ErrorMetadata>> {
    let text = response
        .body()
        .bytes()
        .and_then(|body| std::str::from_utf8(body).ok())
        .unwrap_or_default();
    let document = Document::parse(text);
    if !response.status().is_success() {
        let member = |name: &str| {
            let document = document.as_ref().ok()?;
            let node = document.descendants().find(|it| it.has_tag_name(name))?;
            node.text().map(str::to_owned)
        };
        let error = ErrorMetadata::builder()
            .code(member("Code").unwrap_or_else(|| response.status().as_u16().to_string()))
            .message(member("Message").unwrap_or_default())
            .build();
        return Err(OrchestratorError::operation(error));
    }
    match document {
        Ok(_) => Ok(Page {
            text: text.to_owned(),
        }),
        Err(error) => Err(OrchestratorError::response(error.into())),
    }
}

impl Page {
    /// Gives each item of the set to `each`; gives the token of the next page, or why it is none.
    pub(crate) fn items(
        &self,
        set: &str,
        each: impl FnMut(Item<'_, '_>),
    ) -> Result<Option<String>, &'static str> {
        let document = Document::parse(&self.text).map_err(|_| "the answer is no XML")?;
        let root = Item(document.root_element());
        if root.member(set).is_none() {
            // An empty set is an empty element; without one this is the answer to something else.
            return Err("the answer does not have what was asked for");
        }
        root.list(set).for_each(each);
        Ok(root.text("nextToken"))
    }
}

/// A part of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a, 'input>(Node<'a, 'input>);

impl<'a, 'input> Item<'a, 'input> {
    /// A member that has members.
    pub(crate) fn member(&self, name: &str) -> Option<Self> {
        // Names without name space: which one it is depends on the endpoint.
        self.0
            .children()
            .find(|it| it.is_element() && it.tag_name().name() == name)
            .map(Self)
    }

    /// The text of a member; none if it is empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let text = self.member(name)?.0.text()?.trim();
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }

    /// The number in a member.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }

    /// The truth in a member.
    pub(crate) fn truth(&self, name: &str) -> Option<bool> {
        self.number(name)
    }

    /// The time in a member.
    pub(crate) fn time(&self, name: &str) -> Option<evidence_schema::Time> {
        self.number(name)
    }

    /// The items of a list.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = Self> + use<'a, 'input> {
        self.member(name)
            .into_iter()
            .flat_map(|list| list.0.children())
            .filter(|it| it.is_element() && it.tag_name().name() == "item")
            .map(Self)
    }

    /// The texts of a member of each item of a list, sorted; with an empty name, of the items.
    pub(crate) fn texts(&self, list: &str, name: &str) -> Vec<String> {
        let text = |item: Self| match name {
            "" => item.0.text().map(|text| text.trim().to_owned()),
            name => item.text(name),
        };
        let mut texts: Vec<_> = self.list(list).filter_map(text).collect();
        texts.sort_unstable();
        texts
    }
}

/// The parameters of a filter, which EC2 numbers from 1.
pub(crate) fn filter(number: usize, name: &str, values: &[String]) -> Vec<(String, String)> {
    let mut parameters = vec![(format!("Filter.{number}.Name"), name.to_owned())];
    for (index, value) in values.iter().enumerate() {
        let name = format!("Filter.{number}.Value.{}", index + 1);
        parameters.push((name, value.clone()));
    }
    parameters
}
