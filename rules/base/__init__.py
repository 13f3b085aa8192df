"""What the base protocols demand by themselves: IKEv2, ESP, EAP-AKA, redirects and the home prefix attribute."""
