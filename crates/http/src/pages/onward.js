// Sends the form of a page that only leads on to an identity provider. Without this script its button does.
document.querySelector('form[data-onward]').submit();
