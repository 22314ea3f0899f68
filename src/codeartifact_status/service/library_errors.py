"""What an exception of a library says, as far as it can't quote what was to be kept.

http.client quotes a header that it refuses in a bare ValueError, which botocore wraps in a bare
HTTPClientError; botocore's parser quotes an answer. URLs are quoted everywhere.
"""

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError, InvalidHeader, LocationValueError

from codeartifact_status.escaping import without_userinfo


def text_of(error: BaseException | None) -> str:
    """The class and the message of an exception; of one that nobody documents, just the class."""
    name = type(error).__name__
    match error:
        case HTTPClientError() if type(error) is HTTPClientError:
            return f"{name}: {text_of(error.kwargs.get('error'))}"
        case ResponseParserError() | KeyError():
            return "an answer that could not be read"
        case LocationValueError():
            # It quotes what is left of a password before a # that should have been escaped.
            return (
                f"{name}: the URL of a proxy or an endpoint can't be read; a password in it is "
                "written with %23 for #, %2F for /, %3F for ?, %40 for @"
            )
        case InvalidHeader():
            return name
        case BotoCoreError() | ClientError() | HTTPError() | OSError():
            return f"{name}: {without_userinfo(str(error))}"
        case _:
            return name
